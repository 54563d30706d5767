{{ config(materialized='ephemeral') }}
{{ typed_content(source('raw_publication', 'published_basis')) }}
