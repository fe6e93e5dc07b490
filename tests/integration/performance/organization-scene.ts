import { randomUUID } from 'node:crypto';
import type { HttpClient } from '../../support/http-client.ts';
import { anOrganization, ORGANIZATION_PASSWORD, type TestOrganization } from '../../support/organizations.ts';
import type { TestApp } from '../../support/test-app.ts';

/** Organizations with `size` documents; each admin who signs in has one of their own. */
export function organizationScene(app: TestApp, size: number) {
  let latest: TestOrganization | null = null;

  const current = (): TestOrganization => {
    if (latest === null) throw new Error('No admin of an organization has signed in');
    return latest;
  };

  return {
    /** The admin of a new organization. */
    async signInOrganizationAdmin(): Promise<HttpClient> {
      latest = await anOrganization(app);
      const documents = Array.from({ length: size }, (_, index) => ({ name: `Guest ${index}`, table: index % 7 }));
      const answer = await latest.admin.post('/org/documents', documents);
      if (answer.status !== 201) throw new Error(`The documents were not made: ${answer.text}`);
      return latest.admin;
    },
    /** Of the admin who has signed in last. */
    organizationName: () => current().name,
    async organizationCredentials() {
      const { email } = await anOrganization(app);
      return { email, password: ORGANIZATION_PASSWORD };
    },
    organizationFields: () => ({
      organization_name: `Organization ${randomUUID()}`,
      email: `owner-${randomUUID()}@organization.example`,
      password: ORGANIZATION_PASSWORD,
    }),
    async anOrganizationDocument(): Promise<string> {
      const answer = await current().admin.get('/org/documents?limit=1');
      return answer.body.data[0].id;
    },
    async anOrganizationName(): Promise<string> {
      return (await anOrganization(app)).name;
    },
  };
}
