{{ playbook_records('stage_set_rule') }}
