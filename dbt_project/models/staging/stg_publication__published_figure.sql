{{ config(materialized=step()) }}
{{ typed_content(source('raw_publication', 'published_figure')) }}
