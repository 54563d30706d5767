{{ typed_content(source('raw_file', 'stage_change')) }}
