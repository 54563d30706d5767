"""What a company declares (funnel.yaml) and the shared vocabulary (canonical entities). Imports nothing of ours."""
