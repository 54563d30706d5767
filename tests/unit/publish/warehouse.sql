-- Three deals in a warehouse as dbt would leave it; figures here are what the tests of publication expect.
create schema staging; create schema canonical; create schema snapshots; create schema marts;
create table staging.stg_file__opportunity as select 'hidden' as secret;
create table canonical.opportunity (opportunity_id varchar, amount decimal(18,2), expected_close_date date, modified_at timestamp,
    _extra varchar);
insert into canonical.opportunity values
    ('crm:1', 100.50, '2026-05-01', '2026-03-01 08:00:00', '{"手機":"0912345678"}'), ('crm:2', 200, null, '2026-03-02 08:00:00.123456',
    null), ('crm:3', null, null, null, null);
create table canonical.customer (customer_id varchar, customer_name varchar, phone varchar, email varchar, address_text varchar,
    contact_mobile varchar, nickname varchar, phone_count int);
insert into canonical.customer values ('crm:C', $$<script>alert("x")</script>'; drop table marts.fct_opportunity; --$$,
    '+886212345678', 'a@b.tw', '台北市', '0912', 'Bo', 2);
create table snapshots.opportunity_as_published as select 'crm:1' as opportunity_id where false;
create table marts.fct_opportunity (opportunity_id varchar, stage_set_code varchar, stage_code varchar, stage_number int,
    amount decimal(18,2), amount_base decimal(18,2),
    currency_code varchar, is_open boolean, is_won boolean, is_vanished boolean, cycle_days decimal(18,9),
    source_probability_rate decimal(18,9));
insert into marts.fct_opportunity values ('crm:1', 'standard', 'need', 2, 100.50, 100.50, 'TWD', true, false, false, null, 0.3),
    ('crm:2', 'standard', 'won', 8, 200, 200, 'TWD', false, true, false, 12.5, 1), ('crm:3', 'standard', null, null, null, null, 'TWD',
    true, false, false, null, null);
create table marts.funnel_by_stage (funnel_by_stage_id varchar, as_of_date date, stage_set_code varchar, stage_code varchar,
    open_count bigint, reached_count bigint,
    amount_base decimal(18,2), blank_amount_count bigint, no_rate_count bigint);
insert into marts.funnel_by_stage values ('standard:need', '2026-03-31', 'standard', 'need', 1, 2, 100.50, 0, 0), ('standard:won',
    '2026-03-31', 'standard', 'won', 0, 1, 0, 0, 0),
    ('standard:unmapped', '2026-03-31', 'standard', 'unmapped', 1, 0, 0, 1, 0);
create table marts.win_rate (scope_code varchar, scope_id varchar, period_kind_code varchar, won_count bigint, closed_count bigint,
    is_withheld boolean,
    win_rate decimal(18,9), win_rate_low decimal(18,9), win_rate_high decimal(18,9));
insert into marts.win_rate values ('owner', 'o', 'all', 1, 1, true, null, null, null), ('company', null, 'month', 9, 9, false, 1, 0.7,
    1), ('company', null, 'all', 7, 10, false, 0.7, 0.396778, 0.892211);
create table marts.cycle (scope_code varchar, period_kind_code varchar, won_count bigint, won_median_days decimal(18,9));
insert into marts.cycle values ('company', 'month', 1, 1), ('company', 'all', 6, 12.25);
create table marts.quality_rule (rule_code varchar, rule_name_en varchar, rule_name_zh_hant varchar);
insert into marts.quality_rule values ('FNL-701', 'Stage name not in the playbook', '階段名稱不在規則手冊中'), ('FNL-708', 'No amount', '沒有金額'),
    ('FNL-716', 'Vanished', '消失'), ('FNL-728', 'No date', '沒有日期');
create table marts.quality_issue (quality_issue_id varchar, rule_code varchar, severity_code varchar, opportunity_id varchar,
    amount_base_at_risk decimal(18,2), is_standing boolean);
insert into marts.quality_issue values ('1', 'FNL-701', 'error', 'crm:1', 100.50, true), ('2', 'FNL-716', 'error', 'crm:2', 200, true),
    ('3', 'FNL-716', 'error', 'crm:2', 200, true),
    ('4', 'FNL-708', 'warning', 'crm:3', 9999, true), ('5', 'FNL-728', 'note', 'crm:3', null, true), ('6', 'FNL-701', 'error', 'crm:9',
    50000, false);
create table marts.record_change_log (record_change_id varchar, field_name varchar, old_value varchar, new_value varchar);
insert into marts.record_change_log values ('1', 'phone', 'old', 'new'), ('2', 'amount', '100.00', '20000000'), ('3', 'note', 'x',
    'write to a@b.tw'), ('4', 'note', null, '02-2345-6789'), ('5', 'stage', 'need', 'won');
create table marts.freshness (source_system varchar, source_kind varchar, entity varchar, scope varchar, last_delivered_date date,
    fresh_within_days bigint, is_stale boolean, is_held boolean);
insert into marts.freshness values ('crm', 'file', 'opportunity', 'rep A', '2026-03-30', 8, false, false), ('crm', 'file',
    'opportunity', 'rep B', '2026-03-01', 8, true, false),
    ('list', 'file', 'customer', '', '2026-03-01', null, false, false), ('publication', 'publication', 'published_opportunity', '',
    '2026-03-30', null, false, false);
create view marts.open_deal as with x as (select * from warehouse.marts.fct_opportunity where is_open) select opportunity_id,
    amount from x join warehouse.canonical.opportunity using (opportunity_id, amount);
create view marts.a_view_of_a_view as select count(*) as deal_count from warehouse.marts.open_deal;
create view marts.from_staging as select secret from warehouse.staging.stg_file__opportunity;
