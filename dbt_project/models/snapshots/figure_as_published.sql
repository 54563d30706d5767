{{ config(materialized=step()) }}
{{ last_published('published_figure') }}
