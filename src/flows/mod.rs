//! What a person or a client can do; joins domain with store, upstream and views.
