{{ playbook_records('stage_map') }}
