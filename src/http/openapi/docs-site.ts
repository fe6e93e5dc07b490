import { type RequestHandler, Router } from 'express';
import { contentSecurityPolicy } from 'helmet';
import { serveFiles, setup } from 'swagger-ui-express';

/** What Swagger UI needs beyond the API's own policy: its scripts, its styles (some inline) and its icons. */
export const docsContentSecurityPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
} as const;

/** Of the files that Swagger UI ships; the rest (its own start page, source maps) is nobody's business. */
const FILES = [
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-ui-standalone-preset.js',
  '/swagger-ui-init.js',
  '/favicon-16x16.png',
  '/favicon-32x32.png',
];

/**
 * The pages of Swagger UI, to be mounted under a path of their own.
 * @param documentUrl the OpenAPI document, seen from the mounted path
 */
export function createDocsSite(documentUrl: string): RequestHandler[] {
  const options = {
    customSiteTitle: 'Rowhouse',
    swaggerUrl: documentUrl,
    swaggerOptions: {
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      filter: true,
      docExpansion: 'none',
      validatorUrl: null,
    },
  };
  const router = Router();
  router.use(contentSecurityPolicy({ useDefaults: false, directives: docsContentSecurityPolicy }));
  router.get(FILES, ...serveFiles(undefined, options));
  router.get('/', ...serveFiles(undefined, options), setup(undefined, options));
  return [router];
}
