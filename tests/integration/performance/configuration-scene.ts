import { randomUUID } from 'node:crypto';
import type { TestTenant } from '../../support/people.ts';

const MORE_THAN_A_PAGE = 50;
const CATEGORY = 'scene';

/** A category with `size` configurations of a tenant, one of which has been changed more often than a page shows. */
export async function configurationScene({ operator }: TestTenant, size: number) {
  const set = async (category: string, key: string, value: number): Promise<{ category: string; key: string }> => {
    const answer = await operator.put('/api/configurations', { category, key, dataType: 'integer', value });
    if (answer.status >= 300) throw new Error(`The configuration was refused: ${answer.text}`);
    return { category, key };
  };

  for (let count = 1; count <= size; count += 1) await set(CATEGORY, `seats${count}`, count);
  const busyConfiguration = await set(CATEGORY, 'seats1', 0);
  for (let value = 1; value < MORE_THAN_A_PAGE; value += 1) await set(CATEGORY, 'seats1', value);

  return {
    configurationCategory: CATEGORY,
    busyConfiguration,
    configurationFields: () => ({ category: 'passing', key: `key-${randomUUID()}`, dataType: 'string', value: 'One' }),
    /** A configuration outside of the category. */
    aConfiguration: () => set('passing', `key-${randomUUID()}`, 1),
  };
}
