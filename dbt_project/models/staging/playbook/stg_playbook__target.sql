{{ typed_content(source('raw_playbook', 'target')) }}
