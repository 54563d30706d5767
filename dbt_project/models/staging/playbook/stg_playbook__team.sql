{{ typed_content(source('raw_playbook', 'team')) }}
