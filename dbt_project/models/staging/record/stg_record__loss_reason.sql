{{ playbook_records('loss_reason') }}
