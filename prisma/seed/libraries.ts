import { daysBefore } from './calendar.ts';
import { createIds } from './ids.ts';
import { createNames, localPartOf } from './names.ts';
import { createRandom } from './random.ts';
import type { SeededTenant } from './tenants.ts';

const STUDENTS_OF_A_LIBRARY = 24;
const STAFF_OF_A_LIBRARY = 2;

const WEEKDAYS = [1, 2, 3, 4, 5, 6];
const OPENING_HOURS = [
  ...WEEKDAYS.map((day) => ({ day, opens: '07:00', closes: '22:00' })),
  { day: 7, opens: '09:00', closes: '18:00' },
];

type Kind = 'owner' | 'student' | 'parent' | 'staff';

/** The study libraries of the demo, one for each branch, and the people they deal with: a parent for every third student. */
export function makeLibraries(tenants: readonly SeededTenant[], anchor: Date) {
  const nextLibraryId = createIds('libraries');
  const nextPersonId = createIds('platform_users');
  const random = createRandom(7);

  const branchesOf = ({ spec }: SeededTenant): readonly string[] =>
    spec.branches.length > 0 ? spec.branches : [spec.name];

  const libraryRow = ({ spec, row }: SeededTenant, branch: string, index: number) => ({
    tenantId: row.id,
    id: nextLibraryId(),
    name: branch === spec.name ? spec.name : `${spec.name}, ${branch}`,
    code: `L${index + 1}`,
    addressLines: spec.addressLines,
    phone: spec.phone,
    email: `desk${index + 1}@${spec.domain}`,
    seats: random.integer(4, 16) * 10,
    openingHours: OPENING_HOURS,
    timeZone: spec.timeZone,
    status: 'active',
    createdAt: row.createdAt,
    updatedAt: row.createdAt,
  });

  const librariesOf = (tenant: SeededTenant) => {
    const nextName = createNames(random);
    const personRow = (kind: Kind, libraryId: string | null) => {
      const name = nextName(tenant.spec.region);
      const arrivedAt = daysBefore(anchor, random.integer(1, tenant.spec.age)).toISOString();
      return {
        tenantId: tenant.row.id,
        id: nextPersonId(),
        kind,
        name,
        email: `${localPartOf(name)}@people.${tenant.spec.domain}`,
        status: random.chance(92) ? 'active' : 'inactive',
        libraryId,
        createdAt: arrivedAt,
        updatedAt: arrivedAt,
      };
    };
    const owner = personRow('owner', null);
    const libraries = branchesOf(tenant).map((branch, index) => libraryRow(tenant, branch, index));
    const people = libraries.map(({ id }) => {
      const students = Array.from({ length: STUDENTS_OF_A_LIBRARY }, () => personRow('student', id));
      const staff = Array.from({ length: STAFF_OF_A_LIBRARY }, () => personRow('staff', id));
      const families = students
        .filter((_student, index) => index % 3 === 0)
        .map((student) => ({ student, parent: personRow('parent', null) }));
      return { students, staff, families };
    });
    return {
      libraries,
      platformUsers: [
        owner,
        ...people.flatMap(({ students, staff, families }) => [
          ...students,
          ...staff,
          ...families.map(({ parent }) => parent),
        ]),
      ],
      guardianships: people.flatMap(({ families }) =>
        families.map(({ student, parent }) => ({
          tenantId: tenant.row.id,
          parentId: parent.id,
          studentId: student.id,
        })),
      ),
    };
  };

  const all = tenants.filter(({ spec }) => spec.kind === 'study-library').map(librariesOf);
  return {
    libraries: all.flatMap(({ libraries }) => libraries),
    platformUsers: all.flatMap(({ platformUsers }) => platformUsers),
    guardianships: all.flatMap(({ guardianships }) => guardianships),
  };
}
