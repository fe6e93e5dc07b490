import { statement } from '../base/statement.ts';

/** $3 is a JSON array of rows. Of two with one address the first is kept. */
export const INSERT = statement(`
  insert into platform_user_import_rows
    (tenant_id, import_id, row_number, kind, name, email, phone, status, library_id, reference, notes, student_emails)
  select $1, $2, staged.row_number, kind, name, email, phone, status, library_id, reference, notes,
    array(select jsonb_array_elements_text(student_emails))
  from jsonb_to_recordset($3::jsonb) as staged (row_number int, kind text, name text, email text, phone text, status text,
    library_id uuid, reference text, notes text, student_emails jsonb)
  order by staged.row_number
  on conflict (tenant_id, import_id, email) do nothing
  returning row_number as row`);

/**
 * One look into an index per address: of tables that have just been filled the planner knows nothing, and would compare all of
 * a tenant's rows with all of the addresses.
 */
export const FIND_TAKEN_EMAILS = statement(`
  select wanted.email from unnest($2::text[]) as wanted (email) cross join lateral (
    select from platform_users where tenant_id = $1 and email = wanted.email limit 1) as found`);

export const FIND_LIBRARIES = statement('select id from libraries where tenant_id = $1 and id = any ($2::uuid[])');

/** What of the rows behind $3 depends on the tenant's other rows, $4 rows at the most. */
export const LIST_STAGED = statement(`
  select row_number as row, email, library_id as "libraryId" from platform_user_import_rows
  where tenant_id = $1 and import_id = $2 and row_number > $3 order by row_number limit $4`);

export const LIST_PARENTS = statement(`
  select row_number as row, student_emails as "studentEmails" from platform_user_import_rows
  where tenant_id = $1 and import_id = $2 and row_number > $3 and kind = 'parent' order by row_number limit $4`);

export const FIND_STUDENTS = statement(`
  select wanted.email from unnest($3::text[]) as wanted (email) cross join lateral (
    select from platform_user_import_rows
    where tenant_id = $1 and import_id = $2 and email = wanted.email and kind = 'student' limit 1) as staged
  union all
  select wanted.email from unnest($3::text[]) as wanted (email) cross join lateral (
    select from platform_users where tenant_id = $1 and email = wanted.email and kind = 'student' limit 1) as known`);

/** $4 and $5 are the first and the last one of the rows. */
export const DELETE_ROWS = statement(`
  delete from platform_user_import_rows
  where tenant_id = $1 and import_id = $2 and row_number between $4 and $5 and row_number = any ($3::int[])`);

export const DELETE_SOME = statement(`
  delete from platform_user_import_rows where tenant_id = $1 and import_id = $2 and row_number <= (
    select max(row_number) from (
      select row_number from platform_user_import_rows where tenant_id = $1 and import_id = $2 order by row_number limit $3) as next)`);

/** In the order of their addresses, so that two imports at once wait for each other instead of both. */
export const CREATE_PEOPLE = statement(`
  with chunk as materialized (
    select *, row_number() over (order by email) as number from (
      select kind, name, email, phone, status, library_id, reference, notes from platform_user_import_rows
      where tenant_id = $1 and import_id = $2 and email > $3 order by email limit cardinality($4::uuid[])) as next
  ), created as (
    insert into platform_users (tenant_id, id, kind, name, email, phone, status, library_id, reference, notes, import_id,
      created_at, updated_at)
    select $1, ($4::uuid[])[number], kind, name, email, phone, status, library_id, reference, notes, $2, $5, $5
    from chunk
    where library_id is null
      or exists (select from libraries library where library.tenant_id = $1 and library.id = chunk.library_id)
    order by email
    on conflict (tenant_id, email) do nothing
    returning id
  )
  select (select count(*) from chunk) as staged, (select count(*) from created) as made,
    (select max(email) from chunk) as "lastEmail"`);

export const CREATE_GUARDIANSHIPS = statement(`
  with parent as materialized (
    select email, student_emails from platform_user_import_rows
    where tenant_id = $1 and import_id = $2 and kind = 'parent' and email > $3 order by email limit $4
  ), created as (
    insert into guardianships (tenant_id, parent_id, student_id)
    select $1, person.id, student.id
    from parent cross join lateral unnest(parent.student_emails) as wanted (email)
    join platform_users person on person.tenant_id = $1 and person.email = parent.email
    join platform_users student
      on student.tenant_id = $1 and student.email = wanted.email and student.kind = 'student'
    returning student_id
  )
  select (select coalesce(sum(cardinality(student_emails)), 0)::int from parent) as staged,
    (select count(*) from created) as made, (select max(email) from parent) as "lastEmail"`);
