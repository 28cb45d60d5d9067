namespace Orleans.Activations;

/// <summary>Where an activation stands.</summary>
/// <remarks>
/// <code>
/// Creating → Activating → Valid → Deactivating → Invalid
///      └──────────┴── (failed) ────────┘
/// </code>
/// Requests start only in Valid; in the states before they wait, in Deactivating they wait to be re-addressed, and an
/// Invalid activation re-addresses them at once. A killed silo's activations become Invalid without a turn.
/// </remarks>
internal enum ActivationState
{
    Creating,
    Activating,
    Valid,
    Deactivating,
    Invalid,
}
