"""What starts or follows a night without a person: the schedule, the inbox sensor, the failure sensor."""
