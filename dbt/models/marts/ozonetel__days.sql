{{ config(materialized='incremental', unique_key='call_date', incremental_strategy='delete+insert') }}
{{ ozonetel.measures(['call_date', 'direction', 'campaign_name']) }}
