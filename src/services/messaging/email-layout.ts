import { escapeHtml } from '../../utils/escape-html.ts';

/** The content of an e-mail; how it looks is this file's business alone. */
export interface EmailContent {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Name and value, shown as a small table. */
  readonly facts?: readonly (readonly [string, string])[];
  /** The one thing to click. */
  readonly action?: { readonly label: string; readonly url: string };
  readonly signature: string;
}

const paragraph = (text: string): string => `<p style="margin:0 0 16px">${escapeHtml(text).replace(/\n/g, '<br>')}</p>`;

/** Writes an e-mail as text and as HTML that reads well in any client: tables, inline styles, nothing loaded from outside. */
export function renderEmail(content: EmailContent): { text: string; html: string } {
  return { text: renderText(content), html: renderHtml(content) };
}

function renderText({ title, paragraphs, facts = [], action, signature }: EmailContent): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  const lines = facts.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n');
  const parts = [
    title,
    ...paragraphs,
    lines,
    action === undefined ? '' : `${action.label}: ${action.url}`,
    `-- \n${signature}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function renderHtml({ title, paragraphs, facts = [], action, signature }: EmailContent): string {
  const rows = facts
    .map(
      ([name, value]) =>
        `<tr><td style="padding:6px 24px 6px 0;color:#5b6472">${escapeHtml(name)}</td><td style="padding:6px 0;font-weight:600">${escapeHtml(value)}</td></tr>`,
    )
    .join('');
  const table =
    rows === ''
      ? ''
      : `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 20px">${rows}</table>`;
  const button =
    action === undefined
      ? ''
      : `<p style="margin:0 0 24px"><a href="${escapeHtml(action.url)}" style="background:#1f3a5f;color:#fff;padding:12px 20px;border-radius:6px;text-decoration:none;display:inline-block">${escapeHtml(action.label)}</a></p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title></head>
<body style="margin:0;background:#f4f5f7;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1b2330">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="560" cellpadding="0" cellspacing="0" style="max-width:560px;width:100%;background:#fff;border-radius:10px"><tr><td style="padding:32px">
<h1 style="margin:0 0 20px;font-size:22px;line-height:1.3">${escapeHtml(title)}</h1>
${paragraphs.map(paragraph).join('\n')}
${table}${button}
<p style="margin:24px 0 0;color:#5b6472;font-size:14px">${escapeHtml(signature)}</p>
</td></tr></table></td></tr></table></body></html>
`;
}
