{{ typed_content(source('raw_playbook', 'process_rule')) }}
