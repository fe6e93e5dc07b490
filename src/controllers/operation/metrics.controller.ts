import type { MetricsService } from '../../services/operation/metrics.service.ts';

export type MetricsController = ReturnType<typeof createMetricsController>;

export function createMetricsController({ metrics }: { readonly metrics: MetricsService }) {
  return {
    text: (): Promise<string> => metrics.text(),
  };
}
