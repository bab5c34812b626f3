"""What it means to be a store, as tests: subclass it and give one fixture.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            return MyStore(tmp_path / "records")

Two more things may be said:

* `kinds` names the kinds of records that the store is for; all, unless it says otherwise. A store of attempt
  counts only says `kinds = (AttemptCount,)`.
* `reopen(store)` gives what opens the same records again in another process, for a store that processes
  share: `return partial(MyStore, store.path)`. It is pickled. Without it no race is run between processes.

Everything else is a promise of the port, and there is nothing to switch off. The kit itself is tested against
stores that are each wrong in one way; see `permit_accounts.testing.saboteurs`.
"""

from __future__ import annotations

from permit_accounts.testing.store_asking import Asking
from permit_accounts.testing.store_changing import Changing
from permit_accounts.testing.store_finding import Finding
from permit_accounts.testing.store_keeping import Keeping
from permit_accounts.testing.store_racing import Racing


class StoreContract(Keeping, Changing, Asking, Finding, Racing):
    """Every promise of `permit_accounts.ports.Store`, each a test."""
