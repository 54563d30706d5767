{{ typed_content(source('raw_playbook', 'stage_set_rule')) }}
