/** What listeners are told about an account that was made, by whomever, or has signed in. */
export interface UserEvent {
  readonly id: string;
  readonly email: string;
  readonly is_admin: boolean;
}
