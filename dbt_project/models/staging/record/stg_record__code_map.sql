{{ playbook_records('code_map') }}
