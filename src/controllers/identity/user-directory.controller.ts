import type { z } from 'zod';
import type { DirectoryUserDetail, UserDirectoryService } from '../../services/identity/user-directory.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { DirectoryUser } from '../../types/identity/directory-user.ts';
import type { Page } from '../../types/page.ts';
import type {
  ListUsersQuery,
  UpdateUserRequest,
  UserDetailResponse,
  UserResponse,
} from '../../validators/identity/user-directory.schema.ts';

type UserAnswer = z.input<typeof UserResponse>;
type UserDetailAnswer = z.input<typeof UserDetailResponse>;

export type UserDirectoryController = ReturnType<typeof createUserDirectoryController>;

export function createUserDirectoryController({ userDirectory }: { readonly userDirectory: UserDirectoryService }) {
  return {
    async list(ctx: Context<PlatformScope>, query: z.output<typeof ListUsersQuery>): Promise<Page<UserAnswer>> {
      const page = await userDirectory.list(ctx, query);
      return { ...page, items: page.items.map(toUserAnswer) };
    },

    async get(ctx: Context<PlatformScope>, id: string): Promise<UserDetailAnswer> {
      return toUserDetailAnswer(await userDirectory.get(ctx, id));
    },

    async update(
      ctx: Context<PlatformScope>,
      id: string,
      body: z.output<typeof UpdateUserRequest>,
    ): Promise<UserDetailAnswer> {
      return toUserDetailAnswer(await userDirectory.update(ctx, id, body));
    },

    async remove(ctx: Context<PlatformScope>, id: string): Promise<undefined> {
      await userDirectory.remove(ctx, id);
    },
  };
}

const toUserAnswer = ({ twoFactorRequired, hasSecondFactor, ...user }: DirectoryUser): UserAnswer => ({
  ...user,
  twoFactor: { enabled: hasSecondFactor, required: twoFactorRequired },
});

const toUserDetailAnswer = ({ memberships, ...user }: DirectoryUserDetail): UserDetailAnswer => ({
  ...toUserAnswer(user),
  memberships: memberships.map(({ tenant, role, status }) => ({ tenant, role, status })),
});
