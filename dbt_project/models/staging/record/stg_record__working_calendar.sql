{{ playbook_records('working_calendar') }}
