{{ playbook_records('change_marker') }}
