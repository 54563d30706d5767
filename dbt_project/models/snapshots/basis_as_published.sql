{{ config(materialized=step()) }}
{{ last_published('published_basis') }}
