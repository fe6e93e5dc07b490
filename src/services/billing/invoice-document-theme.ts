import { pageSize, type TextStyle } from './document-canvas.ts';

export const colors = {
  ink: '#16202c',
  text: '#2c3744',
  muted: '#6d7885',
  rule: '#dfe3e8',
  accent: '#14505c',
  tint: '#f2f6f6',
  warning: '#9c3428',
  paper: '#ffffff',
} as const;

export const styles = {
  sellerName: { weight: 'bold', size: 14, color: colors.ink },
  title: { weight: 'bold', size: 24, color: colors.accent },
  badge: { weight: 'bold', size: 7, color: colors.paper, tracking: 0.35 },
  label: { weight: 'bold', size: 6.8, color: colors.muted, tracking: 0.35 },
  partyName: { weight: 'bold', size: 10, color: colors.ink },
  partyLine: { weight: 'regular', size: 8.6, color: colors.text },
  factLabel: { weight: 'regular', size: 8.4, color: colors.muted },
  fact: { weight: 'regular', size: 8.8, color: colors.ink },
  factEmphasized: { weight: 'bold', size: 9.6, color: colors.accent },
  cell: { weight: 'regular', size: 8.8, color: colors.text },
  cellDetail: { weight: 'regular', size: 8.8, color: colors.muted },
  amountCell: { weight: 'regular', size: 8.8, color: colors.ink },
  totals: { weight: 'regular', size: 9, color: colors.text },
  total: { weight: 'bold', size: 10, color: colors.ink },
  amountDue: { weight: 'bold', size: 12, color: colors.accent },
  notes: { weight: 'regular', size: 8.4, color: colors.text },
  footer: { weight: 'regular', size: 7.4, color: colors.muted },
} as const satisfies Record<string, TextStyle>;

export const margin = { left: 48, right: 48, top: 52, bottom: 62 } as const;

export const content = {
  left: margin.left,
  right: pageSize.width - margin.right,
  width: pageSize.width - margin.left - margin.right,
  top: margin.top,
  bottom: pageSize.height - margin.bottom,
} as const;
