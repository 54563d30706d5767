{{ typed_content(source('raw_playbook', 'text_rule')) }}
