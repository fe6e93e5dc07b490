import express, { type RequestHandler, Router, static as serveDirectory } from 'express';
import { contentSecurityPolicy } from 'helmet';
import { appError } from '../errors/app-error.ts';
import type { SandboxPage, SandboxPages } from '../types/payments/sandbox-page.ts';
import { assetPath } from '../utils/asset-path.ts';
import { escapeHtml } from '../utils/escape-html.ts';
import { formatForPeople } from '../utils/money.ts';

/** Its style, and a form that comes back to it: no script, nothing from elsewhere. */
const sandboxContentSecurityPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ['data:'],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
} as const;

const BACK_AFTER_SECONDS = 3;

const layout = (title: string, content: string, head = ''): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/sandbox/sandbox.css">${head}</head>
<body><main><p class="note">This is a sandbox: no money moves.</p>
${content}
</main></body>
</html>
`;

const summary = ({ amount, currency, description, payerEmail }: SandboxPage): string =>
  `<h1>${escapeHtml(description)}</h1><p class="amount">${escapeHtml(formatForPeople(amount, currency, 'en'))}</p>${
    payerEmail === null ? '' : `<p class="payer">${escapeHtml(payerEmail)}</p>`
  }`;

const openPage = (page: SandboxPage, wasDeclined: boolean): string =>
  layout(
    'Pay',
    `${summary(page)}${
      wasDeclined ? '<p class="alarm" role="alert">The card was declined. Try another one.</p>' : ''
    }<form method="post" action="/sandbox/checkout/${page.id}">
<button class="primary" name="choice" value="pay">Pay</button>
<button name="choice" value="decline">Pay with a card that is declined</button>
<button name="choice" value="cancel">Cancel</button></form>`,
  );

const ENDS = {
  paid: { title: 'Paid', text: 'Thank you. You are taken back in a moment.' },
  canceled: { title: 'Canceled', text: 'Nothing was paid. You are taken back in a moment.' },
  expired: { title: 'Expired', text: 'This page has expired, and nothing was paid.' },
} as const;

function endPage(page: SandboxPage, state: keyof typeof ENDS): string {
  const { title, text } = ENDS[state];
  const back = escapeHtml(state === 'paid' ? page.successUrl : page.cancelUrl);
  return layout(
    title,
    `${summary(page)}<p role="status">${text}</p><a class="button primary" href="${back}">Go back</a>`,
    state === 'expired' ? '' : `<meta http-equiv="refresh" content="${BACK_AFTER_SECONDS};url=${back}">`,
  );
}

/**
 * The pages on which payers of the sandbox pay, to be mounted under /sandbox.
 * @param pages null where there is no sandbox, as in production: then there are no pages either
 */
export function createSandboxSite(pages: SandboxPages | null): RequestHandler[] {
  if (pages === null) return [(_req, _res, next) => next(appError('ROUTE_NOT_FOUND'))];
  const router = Router();
  router.use(contentSecurityPolicy({ useDefaults: false, directives: sandboxContentSecurityPolicy }));
  router.get('/', (_req, res) => {
    res.type('html').send(layout('Sandbox', '<h1>There is nothing to pay here.</h1>'));
  });
  router.get('/checkout/:sessionId', async (req, res) => {
    const page = await pages.findPage(req.params.sessionId);
    if (page === null) throw appError('ROUTE_NOT_FOUND');
    res.type('html').send(page.state === 'open' ? openPage(page, 'declined' in req.query) : endPage(page, page.state));
  });
  router.post('/checkout/:sessionId', express.urlencoded({ extended: false, limit: '1kb' }), async (req, res) => {
    const { sessionId } = req.params;
    const choice = choiceOf(req.body);
    const page = await (choice === 'decline' ? pages.findPage(sessionId) : pages.decide(sessionId, choice));
    if (page === null) throw appError('ROUTE_NOT_FOUND');
    res.redirect(303, `/sandbox/checkout/${page.id}${choice === 'decline' ? '?declined' : ''}`);
  });
  router.use(serveDirectory(assetPath('sandbox'), { index: false, redirect: false }));
  return [router];
}

function choiceOf(body: unknown): 'pay' | 'decline' | 'cancel' {
  const choice = typeof body === 'object' && body !== null && 'choice' in body ? body.choice : undefined;
  if (choice === 'pay' || choice === 'decline' || choice === 'cancel') return choice;
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'body.choice', message: 'Must be pay, decline or cancel' }],
  });
}
