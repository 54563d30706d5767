{{ playbook_records('people') }}
