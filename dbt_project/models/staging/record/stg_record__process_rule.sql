{{ playbook_records('process_rule') }}
