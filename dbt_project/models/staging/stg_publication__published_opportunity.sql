{{ typed_content(source('raw_publication', 'published_opportunity')) }}
