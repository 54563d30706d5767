{{ playbook_records('text_rule') }}
