import { randomUUID } from 'node:crypto';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const MORE_THAN_A_PAGE = 50;
const LIBRARY = 'reading room';
const PERSON = 'regular patron';
const KINDS = ['owner', 'student', 'parent', 'staff'] as const;

/** Libraries of a tenant, of which there are `size`, and as many people of each kind with the same name. */
export async function libraryScene(app: TestApp, tenant: TestTenant, size: number) {
  const insertLibrary = async (name: string): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into libraries (tenant_id, id, name, code, seats, time_zone, updated_at)
       values ($1, $2, $3, $4, 40, 'Asia/Kolkata', now())`,
      [tenant.id, id, name, id],
    );
    return id;
  };

  const insertPerson = async (kind: string, name = 'Passing patron', status = 'active'): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into platform_users (tenant_id, id, kind, name, email, status, updated_at)
       values ($1, $2, $3, $4, $5, $6, now())`,
      [tenant.id, id, kind, name, `${id}@patrons.example`, status],
    );
    return id;
  };

  for (let count = 0; count < size; count += 1) {
    await insertLibrary(`Reading room ${count}`);
    for (const kind of KINDS) await insertPerson(kind, 'Regular patron');
  }

  /** An import with `size` errors. */
  const anImport = async (): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into platform_user_imports (tenant_id, id, format, mode, file_name, sha256, status, file_size, updated_at)
       values ($1, $2, 'csv', 'skip_invalid', 'people.csv', decode(repeat('00', 32), 'hex'), 'succeeded', 100, now())`,
      [tenant.id, id],
    );
    await app.rows(
      `insert into platform_user_import_errors (tenant_id, import_id, position, line, column_name, code, message)
       select $1, $2, n, n + 1, 'email', 'FIELD_INVALID', 'Invalid email address' from generate_series(1, $3::int) n`,
      [tenant.id, id, size + MORE_THAN_A_PAGE],
    );
    return id;
  };
  for (let count = 0; count < size; count += 1) await anImport();

  const busyPersonId = await insertPerson('student');
  await app.rows(
    `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_name,
       request_id, sequence, hash)
     select $1, gen_random_uuid(), now(), 'platform_user.updated', 'platform_user', $2, 'system', 'Rowhouse',
       'scene', 100000 + n, '\\x00'
     from generate_series(1, $3::int) n`,
    [tenant.id, busyPersonId, MORE_THAN_A_PAGE + size],
  );

  return {
    /** Finds `size` libraries. */
    libraryName: LIBRARY,
    /** Finds `size` people of each kind. */
    personName: PERSON,
    busyPersonId,
    anImport,
    libraryFields: () => ({ name: 'Annexe', code: randomUUID().slice(0, 18), seats: 12 }),
    /** A library without people. */
    aLibrary: () => insertLibrary('Annexe'),
    anOwner: () => insertPerson('owner'),
    aStudent: () => insertPerson('student'),
    aParent: () => insertPerson('parent'),
    aStaffMember: () => insertPerson('staff'),
    anInactivePerson: () => insertPerson('staff', 'Passing patron', 'inactive'),
    /** A parent with a library and as many students as there are of everything, none of them before. */
    async parentFields() {
      const studentIds = await Promise.all(Array.from({ length: size }, () => insertPerson('student')));
      return {
        kind: 'parent',
        name: 'Passing patron',
        email: `${randomUUID()}@patrons.example`,
        libraryId: await insertLibrary('Annexe'),
        studentIds,
      };
    },
  };
}
