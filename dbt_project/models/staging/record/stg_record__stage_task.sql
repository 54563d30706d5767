{{ playbook_records('stage_task') }}
