{{ playbook_records('stage_set') }}
