/** What listeners are told about an account that was registered or has signed in. */
export interface UserEvent {
  readonly id: string;
  readonly email: string;
  readonly is_admin: boolean;
}
