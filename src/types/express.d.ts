import type { RequestState } from './request-state.ts';

declare global {
  namespace Express {
    interface Request {
      state: RequestState;
    }
  }
}
