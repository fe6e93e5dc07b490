import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { outcome, PEOPLE, type People, personBody, startPeople } from './people-fixture.ts';

let people: People;

beforeAll(async () => {
  people = await startPeople();
});
afterAll(() => people.platform.app.close());

const idsIn = (relatives: ReadonlyArray<{ id: string }>) => relatives.map(({ id }) => id).sort();

describe('parents and students', () => {
  test('know of each other, and studentIds replaces them all', async () => {
    const [first, second, third] = [await people.addPerson(), await people.addPerson(), await people.addPerson()];
    const created = await people.lakeside.owner.post(
      PEOPLE,
      personBody({ kind: 'parent', studentIds: [first, second] }),
    );
    const parentId: string = created.body.data.id;
    expect(idsIn(created.body.data.students)).toEqual([first, second].sort());
    expect(await people.studentsOf(parentId)).toEqual([first, second].sort());

    const student = (await people.lakeside.owner.get(`${PEOPLE}/students/${first}`)).body.data;
    expect([idsIn(student.parents), student.students]).toEqual([[parentId], []]);

    const changed = await people.lakeside.owner.put(`${PEOPLE}/${parentId}`, {
      studentIds: [second, third],
      version: 1,
    });
    expect(changed.body.data.version).toBe(2);
    expect(idsIn(changed.body.data.students)).toEqual([second, third].sort());
    expect((await people.lakeside.owner.get(`${PEOPLE}/parents/${parentId}`)).body.data).toEqual(changed.body.data);
    expect(await people.studentsOf(parentId)).toEqual([second, third].sort());
    expect(await people.lastEntryOf(parentId)).toMatchObject({
      changes: { before: { studentIds: [first, second].sort() }, after: { studentIds: [second, third].sort() } },
    });

    await people.lakeside.owner.put(`${PEOPLE}/${parentId}`, { name: 'Leela Nair' });
    expect(await people.studentsOf(parentId)).toHaveLength(2);
    const cleared = await people.lakeside.owner.put(`${PEOPLE}/${parentId}`, { studentIds: [] });
    expect(cleared.body.data.students).toEqual([]);
    expect(await people.studentsOf(parentId)).toEqual([]);
  });

  test('of which some are none: their ids, and nothing changes', async () => {
    const [student, staff] = [await people.addPerson(), await people.addPerson({ kind: 'staff' })];
    const foreign = await people.addPerson({}, people.hillside.owner);
    const unknown = randomUUID();
    const parentId = await people.addPerson({ kind: 'parent', studentIds: [student] });
    const answer = await people.lakeside.owner.put(`${PEOPLE}/${parentId}`, {
      name: 'Another name',
      studentIds: [student, staff, foreign, unknown, parentId],
    });
    expect(outcome(answer)).toEqual([422, 'STUDENTS_UNKNOWN']);
    expect(answer.body.error.details.studentIds).toEqual([staff, foreign, unknown, parentId]);
    expect(await people.studentsOf(parentId)).toEqual([student]);
    expect(await people.rowOf(parentId)).toMatchObject({ name: 'Meera Nair', version: 1 });
    const body = personBody({ kind: 'parent', studentIds: [foreign] });
    expect(outcome(await people.lakeside.owner.post(PEOPLE, body))).toEqual([422, 'STUDENTS_UNKNOWN']);
    expect(await people.countOf(body.email)).toBe(0);
  });

  test('a student has no students', async () => {
    const [student, other] = [await people.addPerson(), await people.addPerson()];
    const answer = await people.lakeside.owner.put(`${PEOPLE}/${student}`, { studentIds: [other] });
    expect(outcome(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(await people.studentsOf(student)).toEqual([]);
  });

  test('a student who is deleted while parents get them leaves no trace of a guardianship', async () => {
    for (let round = 0; round < 5; round += 1) {
      const student = await people.addPerson();
      const parents = [await people.addPerson({ kind: 'parent' }), await people.addPerson({ kind: 'parent' })];
      const [deleted, ...changed] = await Promise.all([
        people.lakeside.owner.delete(`${PEOPLE}/${student}`),
        ...parents.map((id) => people.lakeside.owner.put(`${PEOPLE}/${id}`, { studentIds: [student] })),
      ]);
      expect(deleted.status).toBe(204);
      for (const answer of changed) expect([200, 422]).toContain(answer.status);
      for (const id of parents) expect(await people.studentsOf(id)).toEqual([]);
    }
  });

  test('are found under their own kind only', async () => {
    const parentId = await people.addPerson({ kind: 'parent' });
    for (const kind of ['owners', 'students', 'staff']) {
      const answer = await people.lakeside.owner.get(`${PEOPLE}/${kind}/${parentId}`);
      expect(outcome(answer)).toEqual([404, 'PLATFORM_USER_NOT_FOUND']);
    }
    expect((await people.lakeside.owner.get(`${PEOPLE}/parents/${parentId}`)).status).toBe(200);
  });
});
