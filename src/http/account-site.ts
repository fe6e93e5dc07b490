import { type RequestHandler, Router, static as serveDirectory } from 'express';
import { contentSecurityPolicy } from 'helmet';
import { assetPath } from '../utils/asset-path.ts';

/** What the pages need: their own script and style, and to call the API. */
const accountContentSecurityPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ['data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
} as const;

/** Where the links in e-mails lead. */
const PAGES = ['/', '/verify-email', '/reset-password', '/magic-link', '/accept-invitation'];

/** The pages of people's accounts, to be mounted under /account. Opening one changes nothing. */
export function createAccountSite(): RequestHandler[] {
  const root = assetPath('account');
  const router = Router();
  router.use(contentSecurityPolicy({ useDefaults: false, directives: accountContentSecurityPolicy }));
  router.get(PAGES, (_req, res) => res.sendFile('index.html', { root, cacheControl: false }));
  router.use(serveDirectory(root, { index: false, redirect: false }));
  return [router];
}
