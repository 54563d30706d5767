{{ playbook_records('stage') }}
