{{ typed_content(source('raw_file', 'owner')) }}
