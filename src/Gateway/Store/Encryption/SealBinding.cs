using Gateway.Model;

namespace Gateway.Store.Encryption;

/// <summary>Where a sealed secret belongs; moved anywhere else it does not open.</summary>
/// <param name="Connection">Whose it is.</param>
/// <param name="Field">Which of its secrets.</param>
/// <param name="Generation">Of which generation, so that an older blob of the same place does not pass for the current one.</param>
internal readonly record struct SealBinding(ConnectionId Connection, string Field, long Generation);
