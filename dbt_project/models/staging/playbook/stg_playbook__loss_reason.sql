{{ typed_content(source('raw_playbook', 'loss_reason')) }}
