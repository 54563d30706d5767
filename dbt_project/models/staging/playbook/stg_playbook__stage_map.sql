{{ typed_content(source('raw_playbook', 'stage_map')) }}
