import { defineErrors } from './error-definition.ts';

export const tenancyErrors = defineErrors({
  TENANT_NOT_FOUND: { status: 404, message: 'There is no such tenant.', action: 'caller' },
  TENANT_ACCESS_DENIED: { status: 403, message: 'You are not working for this tenant.', action: 'caller' },
  TENANT_SUSPENDED: { status: 403, message: 'This tenant is suspended.', action: 'caller' },
  TENANT_SLUG_TAKEN: { status: 409, message: 'Another tenant has this slug.', action: 'caller' },
  TENANT_STATE_CONFLICT: { status: 409, message: "The tenant's state does not allow this.", action: 'caller' },
  FILE_NOT_FOUND: { status: 404, message: 'There is no such file.', action: 'caller' },
  FILE_TOO_LARGE: { status: 413, message: 'The file is larger than one may be.', action: 'caller' },
  STORAGE_QUOTA_EXCEEDED: {
    status: 409,
    message: 'There is no room left for this file: delete others, or change to a larger plan.',
    action: 'caller',
  },
  LIBRARY_NOT_FOUND: { status: 404, message: 'There is no such library.', action: 'caller' },
  LIBRARY_UNKNOWN: {
    status: 422,
    message: 'The person can not belong to a library that is not there.',
    action: 'caller',
  },
  LIBRARY_CODE_TAKEN: { status: 409, message: 'Another library has this code.', action: 'caller' },
  LIBRARY_IN_USE: { status: 409, message: 'People belong to this library. Close it instead.', action: 'caller' },
  PLATFORM_USER_NOT_FOUND: { status: 404, message: 'There is no such person.', action: 'caller' },
  PLATFORM_USER_EMAIL_TAKEN: { status: 409, message: 'Somebody else has this e-mail address.', action: 'caller' },
  PLATFORM_USER_STATE_CONFLICT: { status: 409, message: "The person's status does not allow this.", action: 'caller' },
  STUDENTS_UNKNOWN: { status: 422, message: 'Some of these are not students.', action: 'caller' },
  CONTRAST_TOO_LOW: {
    status: 422,
    message: 'Text in these colours is hard to read: the contrast must be at least 4.5 to 1.',
    action: 'caller',
  },
  BRANDING_LOGO_NOT_FOUND: { status: 404, message: 'This tenant has no logo.', action: 'caller' },
  IMAGE_TYPE_UNSUPPORTED: {
    status: 422,
    message: 'The image must be a PNG, JPEG, WebP or GIF.',
    action: 'caller',
  },
  IMAGE_TOO_LARGE: { status: 422, message: 'The image has too many pixels or bytes.', action: 'caller' },
  IMAGE_UNREADABLE: { status: 422, message: 'The image is damaged.', action: 'caller' },
  IMAGE_PROCESSING_BUSY: {
    status: 503,
    message: 'Many images are being worked on right now. Try again in a moment.',
    action: 'operator',
  },
  ONBOARDING_STEP_NOT_READY: {
    status: 409,
    message: 'This step can not be completed yet.',
    action: 'caller',
  },
  CONFIGURATION_NOT_FOUND: { status: 404, message: 'There is no such configuration.', action: 'caller' },
  CONFIGURATION_VERSION_NOT_FOUND: {
    status: 404,
    message: 'This configuration has no such version.',
    action: 'caller',
  },
  CONFIGURATION_VALUE_INVALID: {
    status: 422,
    message: 'The value does not keep the data type or the validation rules.',
    action: 'caller',
  },
  CONFIGURATION_VALUE_REQUIRED: {
    status: 422,
    message: 'This configuration needs a value or a default.',
    action: 'caller',
  },
  CONFIGURATION_LIMIT_REACHED: {
    status: 422,
    message: 'This tenant has as many configurations as it can have.',
    action: 'caller',
  },
  VALIDATION_RULES_INVALID: {
    status: 422,
    message: 'The validation rules are no JSON Schema that can be applied here.',
    action: 'caller',
  },
});
