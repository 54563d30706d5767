{{ typed_content(source('raw_playbook', 'change_marker')) }}
