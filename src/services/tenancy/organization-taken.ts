import { appError } from '../../errors/app-error.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';

const NAME_CONSTRAINTS = new Set(['organizations_name_key_key', 'organizations_collection_key']);

/** A backup brings its admins' ids along. */
const ADMIN_CONSTRAINTS = new Set(['organization_admins_email_key', 'organization_admins_pkey']);

/** @throws AppError ORGANIZATION_NAME_TAKEN, EMAIL_TAKEN in place of the database's unique violations */
export async function refusingTaken<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const constraint = violatedConstraint(error) ?? '';
    if (NAME_CONSTRAINTS.has(constraint)) throw appError('ORGANIZATION_NAME_TAKEN', { cause: error });
    if (ADMIN_CONSTRAINTS.has(constraint)) throw appError('EMAIL_TAKEN', { cause: error });
    throw error;
  }
}
